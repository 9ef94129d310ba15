import './base.css';
import './states.css';
import './lab.css';
